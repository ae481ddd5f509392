using MlOps.Core.Specification;
using MlOps.Core.Text;

namespace MlOps.Trainer.XGBoost;

/// <summary>The objectives that each task may be trained for, and how their margin becomes the answer.</summary>
internal static class Objectives
{
    private static readonly string[] s_regression =
        ["reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror", "reg:gamma", "reg:tweedie", "count:poisson"];

    /// <summary>The objective that a trial asks for, or the task's default.</summary>
    /// <exception cref="TrainerInputException">The task cannot be trained for it.</exception>
    public static string Of(LearningTask task, string? asked)
    {
        string[] valid = task switch
        {
            LearningTask.Binary => ["binary:logistic"],
            LearningTask.Multiclass => ["multi:softprob"],
            _ => s_regression,
        };
        if (asked is null) return valid[0];
        return valid.Contains(asked) ? asked : throw new TrainerInputException(
            $"spec.json: parameter 'objective' is '{asked}', which is not for a {task.ToString().ToLowerInvariant()} label. {NearestName.Advice(asked, valid)}");
    }

    /// <summary>How the objective turns a sum of leaves or products into the answer.</summary>
    public static Link LinkOf(string objective) => objective switch
    {
        "binary:logistic" => Link.Logistic,
        "multi:softprob" => Link.Softmax,
        "reg:gamma" or "reg:tweedie" or "count:poisson" => Link.Exponential,
        _ => Link.Identity,
    };

    /// <summary>The inverse of the link, for one output: where XGBoost's base_score lies on the margin's scale.</summary>
    public static float ToMargin(this Link link, float baseScore) => link switch
    {
        Link.Logistic => -MathF.Log(1f / baseScore - 1f),
        Link.Exponential => MathF.Log(baseScore),
        _ => baseScore,
    };
}

/// <summary>From margin to answer.</summary>
internal enum Link
{
    /// <summary>The margin itself.</summary>
    Identity,

    /// <summary>1 / (1 + e^-x).</summary>
    Logistic,

    /// <summary>Softmax over the classes.</summary>
    Softmax,

    /// <summary>e^x.</summary>
    Exponential,
}
