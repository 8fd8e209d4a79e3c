"""What each role serves."""
