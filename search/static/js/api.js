/** The only module that talks to the server. */

/** An error with what to do next, as the server states it. */
export class ApiError extends Error {
  /** @param {number} status @param {string} code @param {string} message @param {string} hint */
  constructor(status, code, message, hint) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

/**
 * @param {string} path @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
export async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "unreachable", "", "");
  }
  const body = await response.json().catch(() => null);
  if (!response.ok) {
    const told = body?.error ?? {};
    throw new ApiError(response.status, told.code ?? "http", told.message ?? response.statusText, told.hint ?? "");
  }
  if (body === null) throw new ApiError(0, "unreachable", "", ""); // it left in mid-answer
  return body;
}

/** @param {string} path @param {Record<string, string | number | null | undefined>} params */
export function address(path, params) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) if (value !== null && value !== undefined && value !== "") query.set(key, String(value));
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** @param {string} path @param {unknown} body @param {AbortSignal} [signal] */
export function post(path, body, signal) {
  return request(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal });
}

/** @param {File | Blob} file @param {string} name @returns {Promise<{upload: string, width: number, height: number, name: string}>} */
export function keepUpload(file, name) {
  const form = new FormData();
  form.append("file", file, name);
  return request("/api/uploads", { method: "POST", body: form });
}

/** Addresses of pictures; `version` lets browsers keep them for good. */
export class Pictures {
  /** @param {string} collection @param {string} version */
  constructor(collection, version) {
    this.collection = collection;
    this.version = version;
  }

  /**
   * A small picture of a stored image ("12"), or of an upload ("u~…").
   * @param {string | number} id @param {import("./types.js").Box | null} [box] @param {number} [size]
   */
  thumbnail(id, box = null, size = undefined) {
    const text = String(id);
    const part = box ? box.map((v) => Math.round(v * 10) / 10).join(",") : "";
    if (text.startsWith("u~")) return address(`/api/uploads/${text.slice(2)}/thumbnail`, { box: part, size: size ?? 400 });
    return address(`/api/images/${text}/thumbnail`, { collection: this.collection, box: part, size: box ? size ?? 400 : size, v: this.version });
  }

  /** The IIIF identifier. @param {string | number} id */
  iiif(id) {
    const text = String(id);
    return `/iiif/${encodeURIComponent(text.startsWith("u~") ? text : `${this.collection}~${text}`)}`;
  }

  /**
   * A part of the original at most `side` pixels large.
   * @param {string | number} id @param {import("./types.js").Box} box whole numbers @param {number} side
   */
  part(id, box, side) {
    return `${this.iiif(id)}/${box.join(",")}/!${side},${side}/0/default.webp?v=${encodeURIComponent(this.version)}`;
  }
}
