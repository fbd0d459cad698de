"""The light agent of Opsentrix: samples a machine every second and streams it to the hub."""

__version__ = "0.1.0"
