"""What only declarations ask, tried on the product's own provider."""
