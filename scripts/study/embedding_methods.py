"""The methods that initialise new embedding rows, which a study and extend_model name."""

METHODS = ("mean", "mean_noise", "subtokens", "subtokens_weighted", "focus")
