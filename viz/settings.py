"""What can be chosen about a map. Typed and frozen; unknown keys are refused by `indexer.core.settings.merge`."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.core.errors import SettingsError
from indexer.core.settings import option


@dataclass(frozen=True, slots=True)
class MapSettings:
    """Everything that decides what an exported map looks like. Written into its manifest."""

    vectors: str = option(
        "auto", "Vectors the layout is made from: auto, a name (`signature`, `clip-…`), or a mix `a:0.7,b:0.3`."
    )
    unit: str = option("image", "What a picture on the map is: image or region.")
    kinds: tuple[str, ...] = option((), "Region kinds that are shown with `unit: region`; empty for all but whole.")
    neighbours: int = option(15, "Neighbours of each picture in UMAP's graph.")
    min_dist: float = option(0.1, "UMAP: how tightly pictures may lie together, 0–1.")
    spread: float = option(1.0, "UMAP: the scale of the cloud.")
    epochs: int = option(0, "UMAP: passes of the optimisation; 0 chooses by size.")
    seed: int = option(7, "Same seed, same data: same map.")
    densmap: bool = option(False, "Keep local densities (densMAP).")
    supervised_by: str = option(
        "", "Catalogue field whose values pull pictures together, or set:NAME for a saved set; empty for none."
    )
    supervised_weight: float = option(0.5, "How strongly, 0 (not at all) to 1 (only the field counts).")
    also: tuple[str, ...] = option((), "Other vectors to lay out too, aligned with the first layout.")
    group_by: tuple[str, ...] = option(("auto",), "Catalogue fields that get a layout in groups; auto chooses.")
    date_field: str = option("auto", "Catalogue field with dates for the time slider; auto chooses, empty for none.")
    clusters: tuple[int, ...] = option((), "Smallest number of pictures of a hotspot, per zoom level; empty chooses.")
    labels: str = option("", "JSON file of hotspot names edited by hand in the viewer; empty for none.")
    hotspot_names: str = option(
        "auto",
        "What names hotspots: words of the catalogue; labels that a CLIP model gives (then words, if it is not here); "
        "auto: words, and labels for hotspots that the catalogue has none for.",
    )
    label_file: str = option("", "YAML file of labels in the form of config/labels.yaml; empty for that one.")
    words: tuple[str, ...] = option((), "Catalogue fields used for hotspot names and search; empty for all.")
    tile: int = option(128, "Longer side in pixels of the largest tiles in the atlas: 64, 128 or 256.")
    quality: int = option(80, "JPEG quality of the atlas, 1–100.")
    pictures: bool = option(True, "Write each thumbnail as a file too, for the large view.")
    shipped_neighbours: int = option(12, "Nearest pictures shipped with each picture; 0 for none.")
    offline_mb: int = option(96, "Also write script copies of the data, for file://, up to this many MB; 0 never.")
    title: str = option("", "Title on the page; empty uses the collection's name.")
    licence: str = option("", "Licence of the pictures, shown on the page and written into the manifest.")
    record_url: str = option("", "Address of a picture's record, with {image} or {field name} to fill in.")

    def __post_init__(self) -> None:
        checks = {
            "unit": self.unit in ("image", "region"),
            "hotspot_names": self.hotspot_names in ("auto", "words", "labels"),
            "neighbours": 2 <= self.neighbours <= 500,
            "min_dist": 0 <= self.min_dist <= self.spread,
            "supervised_weight": 0 <= self.supervised_weight <= 1,
            "tile": self.tile in (64, 128, 256),
            "quality": 1 <= self.quality <= 100,
            "epochs": self.epochs >= 0,
        }
        for name, fine in checks.items():
            if not fine:
                raise SettingsError(f"map.{name} cannot be {getattr(self, name)!r}.", "See docs/map.md for its range.")
