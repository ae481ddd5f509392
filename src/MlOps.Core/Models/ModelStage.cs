namespace MlOps.Core.Models;

/// <summary>Where a model version stands in its life.</summary>
public enum ModelStage
{
    /// <summary>Trained and packaged.</summary>
    Created,

    /// <summary>Met its gates.</summary>
    Passed,

    /// <summary>A person said yes.</summary>
    Approved,

    /// <summary>Answers predictions.</summary>
    Deployed,

    /// <summary>Answered predictions once; may come back by a rollback.</summary>
    Archived,

    /// <summary>Will not come back.</summary>
    Retired,

    /// <summary>A gate or a person said no.</summary>
    Rejected,
}
