"""One file a channel, one interface (`search/channels/base.py`)."""
