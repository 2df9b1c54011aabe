"""The benchmark suite: the same work in Thalweg and in its peers, measured in alternation."""
