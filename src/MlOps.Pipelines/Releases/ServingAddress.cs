namespace MlOps.Pipelines.Releases;

/// <summary>Where the endpoints answer. Known only once the server listens, so asked for at the time of use.</summary>
public sealed class ServingAddress(Func<Uri> find)
{
    /// <summary>Address that the paths of the API are relative to, ending in a slash.</summary>
    public Uri BaseAddress => find();
}
