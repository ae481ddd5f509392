namespace MlOps.Functions.Api;

/// <summary>The stable types of problems that have no cause of their own in the domain: one a status.</summary>
internal static class ProblemTypes
{
    public static string Of(int status) => "urn:mlops:" + status switch
    {
        404 => "not-found",
        405 => "method-not-allowed",
        413 => "too-large",
        415 => "unsupported-media-type",
        >= 500 => "internal",
        _ => "bad-request",
    };
}
