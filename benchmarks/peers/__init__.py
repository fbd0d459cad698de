"""Other programs for the same task, measured in the same run on the same samples."""
