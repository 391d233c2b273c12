// A picture in video memory that is drawn into, and copied to the canvas when it is done.

export class Target {
  constructor(gl, width, height) {
    Object.assign(this, { gl, width, height });
    this.colour = gl.createRenderbuffer();
    this.depth = gl.createRenderbuffer();
    this.buffer = gl.createFramebuffer();
    gl.bindRenderbuffer(gl.RENDERBUFFER, this.colour);
    gl.renderbufferStorage(gl.RENDERBUFFER, gl.RGBA8, width, height);
    gl.bindRenderbuffer(gl.RENDERBUFFER, this.depth);
    gl.renderbufferStorage(gl.RENDERBUFFER, gl.DEPTH_COMPONENT24, width, height);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.buffer);
    gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.RENDERBUFFER, this.colour);
    gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.DEPTH_ATTACHMENT, gl.RENDERBUFFER, this.depth);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  }

  copyToCanvas() {
    const { gl, width, height } = this;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.clear(gl.COLOR_BUFFER_BIT); // Chromium does not count a copy as drawing: the next draw would wipe it out
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, this.buffer);
    gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, null);
    gl.blitFramebuffer(0, 0, width, height, 0, 0, width, height, gl.COLOR_BUFFER_BIT, gl.NEAREST);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  }

  destroy() {
    const { gl } = this;
    gl.deleteFramebuffer(this.buffer);
    gl.deleteRenderbuffer(this.colour);
    gl.deleteRenderbuffer(this.depth);
  }
}
