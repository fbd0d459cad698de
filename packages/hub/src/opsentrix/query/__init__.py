"""Reading history: from stored frames to points."""
