"""What a rehearsal prints: progress and a tree for people, one JSON document for machines."""
