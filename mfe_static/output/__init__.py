"""The output folder: two trees that alternate, how files get into them and they change places, who owns what stands
there, and what is remembered of it."""
