namespace MlOps.Trainer;

/// <summary>What the trainer was given cannot be used: arguments, <c>spec.json</c> or data. Exit code 2: trying again does not help.</summary>
internal sealed class TrainerInputException(string message, Exception? cause = null) : Exception(message, cause);
