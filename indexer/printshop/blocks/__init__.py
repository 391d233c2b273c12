"""The blocks of the print shop, one file a genre."""

from __future__ import annotations

from indexer.printshop.blocks.design import Design


def all_designs() -> list[Design]:
    """Every design in a fixed order; names are unique."""
    from indexer.printshop.blocks.beasts import BEASTS
    from indexer.printshop.blocks.diagrams import DIAGRAMS
    from indexer.printshop.blocks.emblems import EMBLEMS
    from indexer.printshop.blocks.initials import INITIALS
    from indexer.printshop.blocks.maps import MAPS
    from indexer.printshop.blocks.ornaments import ORNAMENTS
    from indexer.printshop.blocks.plants import PLANTS
    from indexer.printshop.blocks.scenes import SCENES

    return [*ORNAMENTS, *INITIALS, *EMBLEMS, *MAPS, *SCENES, *BEASTS, *PLANTS, *DIAGRAMS]
