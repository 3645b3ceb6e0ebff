"""What is known of links from before."""
