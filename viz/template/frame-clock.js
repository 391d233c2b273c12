// Notices when drawing everything in every frame is too much for this machine.

const SLOW = 45;
const PATIENCE = 12;

export class FrameClock {
  constructor() {
    this.before = 0;
    this.slow = 0;
  }

  /** Told of each frame; true once a dozen frames of a movement in a row took too long. */
  tooSlow(now, moving) {
    const took = now - this.before;
    this.before = now;
    if (!moving || took > 400) this.slow = 0;
    else this.slow = took > SLOW ? this.slow + 1 : 0;
    return this.slow >= PATIENCE;
  }
}
