"""Maps: UMAP, clusters, atlases, static export."""
