// Loads the export's data. Web servers are asked with fetch; from file://, where browsers refuse that, the script
// copies (NAME.js, see viz/files.py) are run instead and hand over the same bytes.

const waiting = new Map();

function receive(name, base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  waiting.get(name)?.(bytes.buffer);
  waiting.delete(name);
}

function runScript(url, name) {
  return new Promise((resolve, reject) => {
    globalThis.iconoscopeMapData = receive;
    waiting.set(name, resolve);
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => script.remove();
    script.onerror = () => {
      waiting.delete(name);
      script.remove();
      reject(new Error(`${name} is not available from file://`));
    };
    document.head.append(script);
  });
}

export class Resources {
  /** @param {string} manifestUrl address of data/manifest.json */
  constructor(manifestUrl) {
    this.base = new URL(".", new URL(manifestUrl, document.baseURI));
    this.local = this.base.protocol === "file:";
    this.version = "";
    this.cache = new Map();
  }

  url(name) {
    const url = new URL(name, this.base);
    if (this.version && !this.local) url.searchParams.set("v", this.version);
    return url.href;
  }

  async bytes(name, signal) {
    if (this.local) return runScript(`${this.url(name)}.js`, name);
    const answer = await fetch(this.url(name), { signal });
    if (!answer.ok) throw new Error(`${name}: HTTP ${answer.status}`);
    return answer.arrayBuffer();
  }

  /** Parsed JSON; kept, so that asking twice costs nothing. */
  json(name) {
    return this.#kept(name, async () => JSON.parse(new TextDecoder().decode(await this.bytes(name))));
  }

  /** A typed array; kept. */
  array(name, Type) {
    return this.#kept(name, async () => new Type(await this.bytes(name)));
  }

  async bitmap(name, signal) {
    const blob = new Blob([await this.bytes(name, signal)], { type: "image/jpeg" });
    return createImageBitmap(blob, { premultiplyAlpha: "none", colorSpaceConversion: "none" });
  }

  #kept(name, load) {
    if (!this.cache.has(name)) {
      const promise = load();
      promise.catch(() => this.cache.delete(name));
      this.cache.set(name, promise);
    }
    return this.cache.get(name);
  }
}
