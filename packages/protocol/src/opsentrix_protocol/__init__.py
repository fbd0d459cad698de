"""Wire protocol of Opsentrix: messages, frame codec and metric catalogue types."""
