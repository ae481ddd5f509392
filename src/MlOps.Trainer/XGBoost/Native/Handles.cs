using Microsoft.Win32.SafeHandles;

namespace MlOps.Trainer.XGBoost.Native;

/// <summary>Rows and labels inside XGBoost.</summary>
internal sealed class DMatrixHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle() => XGBoostLibrary.FreeMatrix(handle) == 0;
}

/// <summary>A model under training inside XGBoost.</summary>
internal sealed class BoosterHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle() => XGBoostLibrary.FreeBooster(handle) == 0;
}
