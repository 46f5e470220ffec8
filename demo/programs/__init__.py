"""The two small programs whose runs are simulated: the assistant and the paying agent."""
