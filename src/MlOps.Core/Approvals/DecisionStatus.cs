namespace MlOps.Core.Approvals;

/// <summary>Whether an act on a request was recorded, or why not.</summary>
public enum DecisionStatus
{
    /// <summary>It stands.</summary>
    Recorded,

    /// <summary>There is no such request.</summary>
    Unknown,

    /// <summary>It was decided before.</summary>
    AlreadyDecided,

    /// <summary>The time was over.</summary>
    Expired,

    /// <summary>This person is not among the approvers.</summary>
    NotAnApprover,

    /// <summary>This person had a hand in what is to be approved.</summary>
    FourEyes,

    /// <summary>This person, or another one of the same role, has voted; a vote can be withdrawn first.</summary>
    AlreadyVoted,

    /// <summary>This person has no vote to withdraw.</summary>
    NoVote,

    /// <summary>Only who asked may withdraw the request.</summary>
    NotARequester,

    /// <summary>The one to whom the vote was to be handed may not have it: an approver already, or with a hand in it.</summary>
    UnfitDelegate,

    /// <summary>The vote asks for a share of the traffic, and nothing is in production that could take the rest.</summary>
    NothingToShare,

    /// <summary>The signed link was used before.</summary>
    LinkUsed,
}
