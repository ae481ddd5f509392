using MlOps.Trainer.XGBoost;
using static MlOps.Trainer.Export.GraphBuilder;

namespace MlOps.Trainer.Export;

/// <summary>Trees as one TreeEnsembleRegressor: parallel lists with an entry a node.</summary>
internal static class TreeNodes
{
    public static string Add(GraphBuilder graph, string matrix, TreeModel model, string? output)
    {
        var nodes = model.Trees.SelectMany((tree, t) => tree.Nodes.Select((node, n) => (Tree: (long)t, Id: (long)n, Node: node))).ToArray();
        var leaves = nodes.Where(n => n.Node.IsLeaf).ToArray();
        var margins = graph.Node("TreeEnsembleRegressor", Ml, [matrix],
        [
            Attribute("n_targets", (long)model.Outputs),
            Attribute("base_values", model.BaseMargins),
            Attribute("nodes_treeids", nodes.Select(n => n.Tree)),
            Attribute("nodes_nodeids", nodes.Select(n => n.Id)),
            Attribute("nodes_featureids", nodes.Select(n => (long)Math.Max(0, n.Node.Column))),
            Attribute("nodes_modes", nodes.Select(n => n.Node.IsLeaf ? "LEAF" : "BRANCH_LT")),
            Attribute("nodes_values", nodes.Select(n => n.Node.IsLeaf ? 0f : n.Node.Value)),
            Attribute("nodes_truenodeids", nodes.Select(n => (long)n.Node.Left)),
            Attribute("nodes_falsenodeids", nodes.Select(n => (long)n.Node.Right)),
            Attribute("nodes_missing_value_tracks_true", nodes.Select(n => n.Node.MissingGoesLeft ? 1L : 0L)),
            Attribute("target_treeids", leaves.Select(n => n.Tree)),
            Attribute("target_nodeids", leaves.Select(n => n.Id)),
            Attribute("target_ids", leaves.Select(n => (long)model.Trees[(int)n.Tree].Output)),
            Attribute("target_weights", leaves.Select(n => n.Node.Value)),
        ], output);
        return output is null ? graph.Declare(margins, model.Outputs) : margins;
    }
}
