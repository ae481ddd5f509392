using MlOps.Core.Specification;
using MlOps.Data;
using MlOps.Pipelines.Datasets;

namespace MlOps.Pipelines.Runs;

/// <summary>Tells errors that trying again cannot mend (the data, the specification) from those it may (the disk, the network).</summary>
internal static class UserErrors
{
    public static bool IsUserError(Exception error) => error is PipelineSpecException or NoDataException or DataException;
}
