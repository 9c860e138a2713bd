"""Developer tools of this repository; nothing here ships."""
