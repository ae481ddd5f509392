namespace MlOps.Core.Evaluation;

/// <summary>The metrics that specifications, gates and reports may name.</summary>
public static class MetricNames
{
    /// <summary>Area under the ROC curve; binary. In [0, 1], more is better.</summary>
    public const string Auc = "auc";

    /// <summary>Mean negative log-likelihood, in nats; binary and multiclass. Less is better.</summary>
    public const string LogLoss = "logLoss";

    /// <summary>Mean squared distance between probability and outcome; binary. Less is better.</summary>
    public const string Brier = "brier";

    /// <summary>Share of right classes (binary: at 0.5). More is better.</summary>
    public const string Accuracy = "accuracy";

    /// <summary>Precision; binary at 0.5, multiclass macro average. More is better.</summary>
    public const string Precision = "precision";

    /// <summary>Recall; binary at 0.5, multiclass macro average. More is better.</summary>
    public const string Recall = "recall";

    /// <summary>Harmonic mean of precision and recall; multiclass macro average. More is better.</summary>
    public const string F1 = "f1";

    /// <summary>Root mean squared error, in the label's unit; regression. Less is better.</summary>
    public const string Rmse = "rmse";

    /// <summary>Mean absolute error, in the label's unit; regression. Less is better.</summary>
    public const string Mae = "mae";

    /// <summary>Coefficient of determination; regression. At most 1, more is better.</summary>
    public const string R2 = "r2";
}
