"""The parts of Scripts/generate."""
