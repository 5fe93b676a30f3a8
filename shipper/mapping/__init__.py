"""CallRecords become events of a wire, and a wire's replies become outcomes."""
