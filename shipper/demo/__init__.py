"""`shipper demo`: the whole way of a record on one machine, with an embedded broker and an embedded trace inbox."""
