"""The nouns that several modules share: frozen, without behaviour that needs the outside."""
