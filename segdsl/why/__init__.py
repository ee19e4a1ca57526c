"""Why a customer is in a segment or not: probes of its conditions beside its own verdict, read off as a tree."""
