"""Steering instructions by system prompts: tasks, languages and personas, each drawn with a weight."""
