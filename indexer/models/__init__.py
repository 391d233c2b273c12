"""Models by name: what there is, fetching, checking. Imports neither torch nor huggingface_hub until one is needed."""

from indexer.models.commands import ModelCheck, ModelState, check, list_models, pull

__all__ = ["ModelCheck", "ModelState", "check", "list_models", "pull"]
