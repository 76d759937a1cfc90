"""Makes the embedded tiny chat model: corpus, tokenizer, training, evaluation. Not in the wheel."""
