# Microsoft Azure: a scale set in each region, balanced over its zones. Regions without zones have one named `regional`.

variable "azure_ssh_public_key" {
  description = "Public key of the scale sets' administrator; needed once the placement uses Azure."
  type        = string
  default     = ""
}

resource "azurerm_resource_group" "api" {
  for_each = local.azure

  name     = "${each.value.workload}-${each.value.region}"
  location = each.value.region
}

resource "azurerm_virtual_network" "api" {
  for_each = local.azure

  name                = each.value.workload
  resource_group_name = azurerm_resource_group.api[each.key].name
  location            = each.value.region
  address_space       = ["10.0.0.0/16"]
}

resource "azurerm_subnet" "api" {
  for_each = local.azure

  name                 = each.value.workload
  resource_group_name  = azurerm_resource_group.api[each.key].name
  virtual_network_name = azurerm_virtual_network.api[each.key].name
  address_prefixes     = ["10.0.0.0/20"]
}

resource "azurerm_linux_virtual_machine_scale_set" "api" {
  for_each = local.azure

  name                = each.value.workload
  resource_group_name = azurerm_resource_group.api[each.key].name
  location            = each.value.region
  sku                 = each.value.instance_type
  instances           = each.value.desired_capacity
  zones               = contains(keys(each.value.zones), "regional") ? null : keys(each.value.zones)
  zone_balance        = !contains(keys(each.value.zones), "regional")
  admin_username      = "api"

  admin_ssh_key {
    username   = "api"
    public_key = var.azure_ssh_public_key
  }

  source_image_reference {
    publisher = "Canonical"
    offer     = "ubuntu-24_04-lts"
    sku       = "server"
    version   = "latest"
  }

  os_disk {
    caching              = "ReadWrite"
    storage_account_type = "StandardSSD_LRS"
  }

  network_interface {
    name    = "api"
    primary = true

    ip_configuration {
      name      = "api"
      primary   = true
      subnet_id = azurerm_subnet.api[each.key].id
    }
  }
}
