using System.Globalization;
using System.Text.Json;

namespace MlOps.Trainer.XGBoost;

/// <summary>Reads XGBoost's JSON model (doc/model.schema in its sources; 1.7 to 3), of which trees and weights are needed here.</summary>
internal static class ModelDocument
{
    /// <summary>Reads a model.</summary>
    /// <param name="json">UTF-8, as the booster saves it.</param>
    /// <param name="rounds">How many rounds of trees to keep, from the first; a linear model has no separable rounds.</param>
    /// <param name="treesARound">Trees that one round added.</param>
    public static TrainedModel Read(byte[] json, int rounds, int treesARound)
    {
        using var document = JsonDocument.Parse(json);
        var learner = document.RootElement.GetProperty("learner");
        var link = Objectives.LinkOf(learner.GetProperty("objective").GetProperty("name").GetString()!);
        var parameters = learner.GetProperty("learner_model_param");
        var outputs = Math.Max(1, int.Parse(parameters.GetProperty("num_class").GetString()!, CultureInfo.InvariantCulture));
        var baseMargins = BaseMargins(parameters.GetProperty("base_score").GetString()!, outputs, link);

        var booster = learner.GetProperty("gradient_booster");
        var model = booster.GetProperty("model");
        return booster.GetProperty("name").GetString() is "gblinear"
            ? Linear(model, baseMargins, link)
            : Trees(model, rounds * treesARound, baseMargins, link);
    }

    // One number up to version 3.0 ("5E-1"), a list of one an output from 3.1 on ("[5E-1,2E-1]").
    private static float[] BaseMargins(string baseScore, int outputs, Link link)
    {
        var scores = baseScore.Trim('[', ']').Split(',').Select(s => float.Parse(s, CultureInfo.InvariantCulture)).ToArray();
        return [.. Enumerable.Range(0, outputs).Select(o => link.ToMargin(scores[scores.Length == 1 ? 0 : o]))];
    }

    private static LinearModel Linear(JsonElement model, float[] baseMargins, Link link)
    {
        var all = Floats(model.GetProperty("weights"));
        // The bias follows the weights.
        var bias = all.AsSpan(all.Length - baseMargins.Length);
        var margins = new float[baseMargins.Length];
        for (var o = 0; o < margins.Length; o++) margins[o] = baseMargins[o] + bias[o];
        return new(all[..^baseMargins.Length], margins, link);
    }

    private static TreeModel Trees(JsonElement model, int count, float[] baseMargins, Link link)
    {
        var outputs = model.GetProperty("tree_info");
        var trees = new List<DecisionTree>(count);
        foreach (var tree in model.GetProperty("trees").EnumerateArray().Take(count))
            trees.Add(new(outputs[trees.Count].GetInt32(), Nodes(tree)));
        return new(trees, baseMargins, link);
    }

    // Pruned nodes stay in XGBoost's arrays: only what the root reaches is taken, numbered anew.
    private static List<TreeNode> Nodes(JsonElement tree)
    {
        var (left, right) = (Ints(tree.GetProperty("left_children")), Ints(tree.GetProperty("right_children")));
        var (columns, values) = (Ints(tree.GetProperty("split_indices")), Floats(tree.GetProperty("split_conditions")));
        var (missingLeft, gains) = (Ints(tree.GetProperty("default_left")), Floats(tree.GetProperty("loss_changes")));
        var (nodes, order) = (new List<TreeNode>(), new List<int> { 0 });
        for (var i = 0; i < order.Count; i++)
        {
            var n = order[i];
            if (left[n] < 0)
            {
                nodes.Add(new(-1, values[n], 0, 0, false, 0));
                continue;
            }
            nodes.Add(new(columns[n], values[n], order.Count, order.Count + 1, missingLeft[n] != 0, gains[n]));
            order.AddRange([left[n], right[n]]);
        }
        return nodes;
    }

    private static float[] Floats(JsonElement array)
    {
        var (values, i) = (new float[array.GetArrayLength()], 0);
        foreach (var value in array.EnumerateArray()) values[i++] = value.GetSingle();
        return values;
    }

    private static int[] Ints(JsonElement array)
    {
        var (values, i) = (new int[array.GetArrayLength()], 0);
        foreach (var value in array.EnumerateArray())
            values[i++] = value.ValueKind switch { JsonValueKind.True => 1, JsonValueKind.False => 0, _ => value.GetInt32() };
        return values;
    }
}
