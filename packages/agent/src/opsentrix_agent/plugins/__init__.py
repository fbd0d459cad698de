"""The owner's own collectors: programs in a folder, run at their own pace, that print JSON or Prometheus text."""
