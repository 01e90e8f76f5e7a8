"""What Habeas hands to people: texts and pages made from the core, none of them a new source of anything."""
