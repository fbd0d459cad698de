"""What has to be done now and then: partitions ahead, old ones away."""
