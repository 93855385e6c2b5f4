Attribute VB_Name = "LushaRibbon"
Option Explicit

' The onAction callbacks named in customUI.xml. IRibbonControl comes from the reference to Office.

Public Sub LushaRibbonPhones(control As IRibbonControl)
    EnrichPhones
End Sub

Public Sub LushaRibbonEmails(control As IRibbonControl)
    EnrichEmails
End Sub

Public Sub LushaRibbonBoth(control As IRibbonControl)
    EnrichBoth
End Sub

Public Sub LushaRibbonStop(control As IRibbonControl)
    StopRun
End Sub

Public Sub LushaRibbonUndo(control As IRibbonControl)
    UndoLastRun
End Sub

Public Sub LushaRibbonKeys(control As IRibbonControl)
    ManageKeys
End Sub
