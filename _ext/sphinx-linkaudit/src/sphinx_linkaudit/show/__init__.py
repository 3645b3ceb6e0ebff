"""What readers of the HTML see of the links."""
