using MlOps.Core.Specification;
using MlOps.Core.Training;

namespace MlOps.Trainer.XGBoost;

/// <summary>Whether labels can be learned from.</summary>
internal static class LabelCheck
{
    /// <exception cref="TrainerInputException">There are none, or one is not a value of the task.</exception>
    public static void CheckValues(TrialSpec spec, ReadOnlySpan<float> labels, string file)
    {
        if (labels.IsEmpty) throw new TrainerInputException($"{file}: there are no rows. Check the split's shares and the filter of the label.");
        var classes = spec.Label.Task switch
        {
            LearningTask.Binary => 2,
            LearningTask.Multiclass => spec.Label.Classes.Count,
            _ => int.MaxValue,
        };
        for (var i = 0; i < labels.Length; i++)
        {
            var label = labels[i];
            if (!float.IsFinite(label))
                throw new TrainerInputException($"{file}, row {i + 1}: label '{spec.Label.Name}' is {(float.IsNaN(label) ? "missing" : "infinite")}. Rows without a label must be left out.");
            if (spec.Label.Task is not LearningTask.Regression && (label < 0 || label >= classes || label != (int)label))
                throw new TrainerInputException($"{file}, row {i + 1}: label '{spec.Label.Name}' is {label}; it must be a class index from 0 to {classes - 1}.");
        }
    }

    /// <exception cref="TrainerInputException">All are the same.</exception>
    public static void CheckVaries(TrialSpec spec, ReadOnlySpan<float> labels, string file)
    {
        if (labels.IndexOfAnyExcept(labels[0]) < 0)
            throw new TrainerInputException($"{file}: label '{spec.Label.Name}' is {Name(spec, labels[0])} in all {labels.Length} rows: there is nothing to learn. Check the label's expression, or take more data.");
    }

    private static string Name(TrialSpec spec, float label) =>
        spec.Label.Classes.Count > label && label >= 0 && spec.Label.Task is not LearningTask.Regression ? $"'{spec.Label.Classes[(int)label]}'" : $"{label}";
}
