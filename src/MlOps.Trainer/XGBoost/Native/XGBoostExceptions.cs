namespace MlOps.Trainer.XGBoost.Native;

/// <summary>XGBoost refused a call.</summary>
internal sealed class XGBoostException(string call, string reason) : Exception($"XGBoost, {call}: {reason}");

/// <summary>There is no usable XGBoost on this machine.</summary>
internal sealed class XGBoostMissingException(string message) : Exception(message);
