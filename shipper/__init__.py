"""shipper: LLM call records from Kafka, priced, to Langfuse."""
