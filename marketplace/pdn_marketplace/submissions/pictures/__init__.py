"""Pictures of a connector: made anew from what is sent, kept by their content."""
