using MlOps.Core.Datasets;

namespace MlOps.Core.Drift;

/// <summary>How much more or less two columns go together than in a reference.</summary>
/// <param name="Left">One column.</param>
/// <param name="Right">The other.</param>
/// <param name="Measure">The measure.</param>
/// <param name="Reference">Its value in the reference.</param>
/// <param name="Current">Its value in what is compared.</param>
/// <param name="Error">Largest standard error of the difference, from the numbers of rows.</param>
public sealed record CorrelationChange(string Left, string Right, AssociationMeasure Measure, double Reference, double Current, double Error)
{
    /// <summary>The change, without its sign.</summary>
    public double Size => Math.Abs(Current - Reference);

    /// <summary>Whether the change is larger than a bound, and than chance explains: three standard errors.</summary>
    public bool Exceeds(double max) => Size > max && Size > 3 * Error;
}
