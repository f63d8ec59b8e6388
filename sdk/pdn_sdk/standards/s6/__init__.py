"""S6, open contracting: releases of OCDS 1.1.5 with the extensions of EDCA-MX."""
