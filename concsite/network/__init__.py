"""How clients reach the site: what they may take, how long, and how it ends."""
