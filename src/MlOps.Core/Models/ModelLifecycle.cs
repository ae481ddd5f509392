namespace MlOps.Core.Models;

/// <summary>The one place that knows which stage of a model version may follow which.</summary>
public static class ModelLifecycle
{
    /// <summary>Whether the move is legal.</summary>
    public static bool CanMoveTo(this ModelStage from, ModelStage to) => (from, to) is
        (ModelStage.Created, ModelStage.Passed or ModelStage.Rejected)
        or (ModelStage.Passed, ModelStage.Approved or ModelStage.Rejected)
        or (ModelStage.Approved, ModelStage.Deployed or ModelStage.Rejected)
        or (ModelStage.Deployed, ModelStage.Archived)
        // Rollback: an archived version goes live again without a second approval.
        or (ModelStage.Archived, ModelStage.Deployed or ModelStage.Retired);
}
