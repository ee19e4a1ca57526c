"""One customer's record, and the segments that it is in: in microseconds, without a data frame or a database."""
