"""The output folder: two trees that alternate, how they change places, and who owns what stands there."""
