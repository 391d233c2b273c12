/**
 * The shapes that travel between modules; no code.
 *
 * @typedef {[number, number, number, number]} Box  x, y, width, height in original pixels
 * @typedef {[number, number]} Point
 *
 * @typedef {object} TextTerm
 * @property {"text"} kind
 * @property {string} text
 * @property {1 | -1} sign
 * @property {number} weight
 *
 * @typedef {object} PictureTerm
 * @property {"like" | "upload"} kind  a stored image, or an upload the server keeps
 * @property {string} id  image id, or digest of the upload
 * @property {Box | null} box
 * @property {Point[] | null} [polygon]  corners, instead of a box
 * @property {1 | -1} sign
 * @property {number} weight
 *
 * @typedef {TextTerm | PictureTerm} Term
 *
 * @typedef {object} Filter
 * @property {string} field
 * @property {string[]} values  any of these
 * @property {[number | null, number | null] | null} range
 *
 * @typedef {object} State
 * @property {string} collection
 * @property {"search" | "map" | "info"} view
 * @property {Term[]} terms
 * @property {string} mode
 * @property {Filter[]} filters
 * @property {string} where  further filter, in the filter language
 * @property {boolean} group  by document
 * @property {boolean} fold  near-duplicates under the best hit
 * @property {number[]} yes  region ids
 * @property {number[]} no
 * @property {string} image  image id, or "u~DIGEST", that is looked at; "" for none
 * @property {number | null} compare  region id of the hit that is compared
 * @property {number | null} generation  of the collection when the link was made
 * @property {string} models  of the collection when the link was made
 *
 * @typedef {object} Hit
 * @property {string} image
 * @property {number} image_id
 * @property {number} [region_id]
 * @property {Box} box
 * @property {number} [score]
 * @property {Record<string, number>} [channels]
 * @property {boolean} [same_print]
 * @property {number} [inliers]
 * @property {boolean} [mirrored]
 * @property {number[][] | null} [transform]
 * @property {Point[]} [outline]
 * @property {{query: Point[], hit: Point[]}} [points]
 * @property {string[]} [reasons]
 * @property {string} [document]
 * @property {number} [width]
 * @property {number} [height]
 * @property {Record<string, unknown>} fields
 * @property {number[]} [folded]  ids of near-duplicates under this hit
 * @property {number} [further]  other images of its document that were found
 * @property {Record<string, number>} [machine]  scores of sets and labels
 * @property {boolean} [unfolded]  shown because the hit before it was opened
 *
 * @typedef {object} Answer
 * @property {Hit[]} hits
 * @property {string} [mode]
 * @property {number} [took_ms]
 * @property {string[]} [notes]
 * @property {number} [total]
 * @property {number | null} [cutoff]
 * @property {string[]} [news]  the notes that are shown
 * @property {number[]} [judge_next]  ids of images worth judging next
 * @property {number} [generation]
 *
 * @typedef {object} Collection
 * @property {string} name
 * @property {number} [images]
 * @property {number} [regions]
 * @property {number} [generation]
 * @property {string[]} [models]
 * @property {boolean} [map]
 * @property {{message: string, hint: string}} [error]
 *
 * @typedef {object} Facet
 * @property {string} name
 * @property {"text" | "number" | "date"} type
 * @property {number} [count]
 * @property {{value: string, count: number}[]} [values]
 * @property {number | null} [min]
 * @property {number | null} [max]
 */
/**
 * @typedef {object} MachineFacet
 * @property {string} name  `machine.NAME`
 * @property {string} title
 * @property {string} [title_fr]
 * @property {"examples" | "detector" | "prompts"} [method]
 * @property {number} [likely]
 * @property {{message: string, hint: string}} [error]
 */
export {};
